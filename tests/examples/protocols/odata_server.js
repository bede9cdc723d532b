/**
 * SAP's mock server, which answers OData from data in memory:
 * `node odata_server.js`.
 */
import FEMockserver from "@sap-ux/fe-mockserver-core";
import { createServer } from "node:http";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

const METADATA = `<?xml version="1.0" encoding="utf-8"?>
<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx">
  <edmx:DataServices>
    <Schema Namespace="rivers" xmlns="http://docs.oasis-open.org/odata/ns/edm">
      <EntityContainer Name="Container">
        <EntitySet Name="Rivers" EntityType="rivers.River"/>
      </EntityContainer>
      <EntityType Name="River">
        <Key><PropertyRef Name="Id"/></Key>
        <Property Name="Id" Type="Edm.Int32" Nullable="false"/>
        <Property Name="Name" Type="Edm.String"/>
      </EntityType>
    </Schema>
  </edmx:DataServices>
</edmx:Edmx>`;

const folder = mkdtempSync(join(tmpdir(), "tributary-odata-"));
const metadataPath = join(folder, "metadata.xml");
writeFileSync(metadataPath, METADATA);
writeFileSync(join(folder, "Rivers.json"), '[{"Id":1,"Name":"Glomma"}]');

const mock = new FEMockserver.default({
  services: [{
    urlPath: "/odata",
    metadataPath,
    mockdataPath: folder,
    noETag: true,
  }],
});
await mock.isReady;

const router = mock.getRouter();
const server = createServer((request, response) => {
  router(request, response, () => response.writeHead(404).end());
});
server.listen(0, "127.0.0.1", () => {
  console.log(`Listening on http://127.0.0.1:${server.address().port}/`);
});
process.once("SIGTERM", () => {
  rmSync(folder, { recursive: true });
  process.exit();
});
