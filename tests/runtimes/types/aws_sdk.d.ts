/**
 * The part of the S3 client that the S3 example uses. Only its test installs
 * the client.
 */

export declare class S3Client {
  constructor(options: { forcePathStyle: boolean });
  send(command: DeleteObjectCommand): Promise<unknown>;
}

export declare class DeleteObjectCommand {
  constructor(object: { Bucket: string; Key: string });
}

export declare class Upload {
  constructor(options: {
    client: S3Client;
    params: {
      Bucket: string;
      Key: string;
      Body: ReadableStream<Uint8Array>;
    };
    queueSize: number;
  });
  done(): Promise<unknown>;
}
