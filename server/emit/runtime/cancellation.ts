/** Aborts `controller` when `signal` is aborted. The result ends that, so that no listener outlives its use. */
export function followSignal(
  signal: AbortSignal | undefined,
  controller: AbortController,
): () => void {
  const follow = (): void => controller.abort(signal?.reason);
  if (signal?.aborted === true) follow();
  signal?.addEventListener("abort", follow, { once: true });
  return () => signal?.removeEventListener("abort", follow);
}

/** Settles as `work` does, or rejects with the signal's reason as soon as it is aborted, whatever `work` does then. */
export function untilAborted<T>(
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason);
    if (signal.aborted) return stop();
    signal.addEventListener("abort", stop, { once: true });
    const working = (async () => work())();
    working
      .then(resolve, reject)
      .finally(() => signal.removeEventListener("abort", stop));
  });
}
