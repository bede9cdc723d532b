import { route, type RouteConfig } from "@react-router/dev/routes";

const routes: RouteConfig = [route("upload", "upload.ts")];

export default routes;
