import { formWorkloads } from "./form_workloads.ts";
import { hostileWorkloads } from "./hostile_workloads.ts";
import { mimeWorkloads } from "./mime_workloads.ts";
import type { ReadWorkload } from "./workload.ts";

/** Every workload of the reader. */
export const readWorkloads: readonly ReadWorkload[] = [
  ...formWorkloads,
  ...hostileWorkloads,
  ...mimeWorkloads,
];
