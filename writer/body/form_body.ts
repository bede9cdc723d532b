import { randomBoundary } from "../../wire/boundary.ts";
import { type Body, OCTET_STREAM } from "../part/body_plan.ts";
import { formEntries } from "./form_entries.ts";
import { MultipartPlan, refusedPlan } from "../part/multipart_plan.ts";
import { nestingProblem } from "../part/nesting.ts";
import { PartPlan } from "../part/part_plan.ts";
import { BlobBody, TextBody } from "./repeatable_bodies.ts";
import { formatMultipartType } from "../part/serializer.ts";

/** A form as a body: what its entries are now, as the HTML Standard writes them. */
export function formBody(form: FormData): Body {
  const boundary = randomBoundary();
  const parts = formEntries(form).map(({ name, fields, value }, index) =>
    new PartPlan(
      { index, name },
      fields,
      typeof value === "string" ? new TextBody(value) : new BlobBody(value),
    )
  );
  const plan = new MultipartPlan(boundary, parts);
  return {
    type: formatMultipartType("form-data", boundary, {}),
    defaultType: OCTET_STREAM,
    filename: undefined,
    plan(around) {
      const problem = nestingProblem(boundary, around);
      return problem === undefined ? plan : refusedPlan(problem);
    },
  };
}
