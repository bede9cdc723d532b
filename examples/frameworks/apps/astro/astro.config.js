import node from "@astrojs/node";
import { defineConfig } from "astro/config";

export default defineConfig({
  // It refuses a body of more than 1 GB otherwise.
  adapter: node({ mode: "standalone", bodySizeLimit: 5_100_000_000 }),
});
