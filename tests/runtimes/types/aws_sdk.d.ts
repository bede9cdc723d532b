/** What the example of S3 uses of its client, which only its test installs. */

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
