/** The part of Bun's own API that the examples use. */
declare namespace Bun {
  interface Server {
    readonly port?: number;
    readonly url: URL;
    stop(closeActiveConnections?: boolean): Promise<void>;
  }

  interface ServeOptions {
    port?: number;
    hostname?: string;
    maxRequestBodySize?: number;
    idleTimeout?: number;
    fetch(request: Request): Response | Promise<Response>;
  }

  function serve(options: ServeOptions): Server;
  function file(path: string | URL): Blob;
}
