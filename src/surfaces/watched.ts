/** An answer that tells when it is out, and whether in full: otherwise whoever asked has gone. `first` stands before its body. */
export function watched(
  response: Response,
  ended: (whole: boolean) => void,
  first?: string,
): Response {
  const { body } = response;
  if (!body) {
    ended(true);
    return response;
  }
  const through = new TransformStream<Uint8Array, Uint8Array>({
    start: (controller) => {
      if (first !== undefined) controller.enqueue(new TextEncoder().encode(first));
    },
  });
  body.pipeTo(through.writable).then(
    () => ended(true),
    () => ended(false),
  );
  return new Response(through.readable, response);
}
