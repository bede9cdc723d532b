import { outputOf } from "../../driving/children.ts";
import { pathOf, ruby } from "../../driving/commands.ts";
import { programPath, runClient } from "../harness/client_program.ts";
import { uploads } from "../harness/entries.ts";
import { interop } from "../harness/interop.ts";

interop({
  name: "Net::HTTP",
  hint: "Install Ruby (Debian: ruby).",
  version: () => outputOf(pathOf(ruby), "-e", "puts RUBY_VERSION"),
  writes: uploads((url, entries) =>
    runClient(
      pathOf(ruby),
      [programPath("ruby/net_http_client.rb")],
      url,
      entries,
    )
  ),
});
