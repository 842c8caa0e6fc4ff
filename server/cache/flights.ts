/** Work that is under way, by key: whoever asks for the same meanwhile waits for it instead of doing it again. */
export interface Flights<T> {
  /**
   * Starts the work, or joins it where it is under way. Rejects with the signal's reason as soon as it aborts; the work goes
   * on for the others and is given up when the last of them has left.
   */
  join(key: string, signal: AbortSignal, start: (signal: AbortSignal) => Promise<T>): Promise<Landing<T>>;
  readonly underWay: number;
}

export interface Landing<T> {
  readonly value: T;
  /** Whether this caller's request started the work. */
  readonly first: boolean;
}

interface Flight<T> {
  readonly result: Promise<T>;
  readonly stop: AbortController;
  waiting: number;
}

export function createFlights<T>(): Flights<T> {
  const flights = new Map<string, Flight<T>>();

  function depart(key: string, start: (signal: AbortSignal) => Promise<T>): Flight<T> {
    const stop = new AbortController();
    const flight = { result: start(stop.signal), stop, waiting: 0 };
    const land = (): void => forget(key, flight);
    flight.result.then(land, land);
    flights.set(key, flight);
    return flight;
  }

  function forget(key: string, flight: Flight<T>): void {
    if (flights.get(key) === flight) flights.delete(key);
  }

  return {
    get underWay() {
      return flights.size;
    },
    async join(key, signal, start) {
      signal.throwIfAborted();
      const joined = flights.get(key);
      const flight = joined ?? depart(key, start);
      flight.waiting++;
      const { promise: left, reject } = Promise.withResolvers<never>();
      const leave = (): void => {
        reject(signal.reason);
        if (--flight.waiting > 0) return;
        // Nobody may join what is being given up.
        forget(key, flight);
        flight.stop.abort(signal.reason);
      };
      signal.addEventListener("abort", leave, { once: true });
      try {
        return { value: await Promise.race([flight.result, left]), first: joined === undefined };
      } finally {
        signal.removeEventListener("abort", leave);
      }
    },
  };
}
