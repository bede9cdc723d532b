import node from "@astrojs/node";
import { defineConfig } from "astro/config";

export default defineConfig({
  // By default, it refuses bodies of more than 1 GB.
  adapter: node({ mode: "standalone", bodySizeLimit: 5_100_000_000 }),
});
