import { useCallback, useEffect, useState } from "react";

import { getSite } from "../../core/api";
import type { EquipmentReport } from "../../protocol";

export interface NetworkTest {
  result: EquipmentReport["network"];
  /** Median round trip to the court's server, in milliseconds. */
  roundTripMs: number | null;
}

const SAMPLES = 5;
const WEAK_MS = 400;

/** How long the way to the court's server and back takes. */
export function useNetworkTest(): [NetworkTest, () => void] {
  const [test, setTest] = useState<NetworkTest>({ result: "untested", roundTripMs: null });
  const [run, setRun] = useState(0);
  useEffect(() => {
    let current = true;
    setTest({ result: "untested", roundTripMs: null });
    measure().then(
      (roundTripMs) => {
        if (current) setTest({ result: roundTripMs > WEAK_MS ? "weak" : "good", roundTripMs });
      },
      () => current && setTest({ result: "failed", roundTripMs: null }),
    );
    return () => {
      current = false;
    };
  }, [run]);
  return [test, useCallback(() => setRun((count) => count + 1), [])];
}

async function measure(): Promise<number> {
  await getSite(); // the first one also sets up the connection
  const times: number[] = [];
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    const start = performance.now();
    await getSite();
    times.push(performance.now() - start);
  }
  times.sort((first, second) => first - second);
  return Math.round(times[Math.floor(times.length / 2)] ?? 0);
}
