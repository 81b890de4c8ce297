import type { ReportNetwork } from "../protocol";

export type MediaPath = ReportNetwork["path"];

type Pair = RTCStats & Partial<RTCIceCandidatePairStats> & { selected?: boolean };
type Candidate = RTCStats & { candidateType?: string; protocol?: string };

const SLOWEST_FIRST: readonly MediaPath[] = ["relay", "tcp", "udp"];

/** The candidate pair that a transport uses now: after an ICE restart others may still be listed as nominated. */
export function selectedPair(report: RTCStatsReport): Pair | null {
  const pairs: Pair[] = [];
  let chosen: string | undefined;
  report.forEach((entry: RTCStats & { selectedCandidatePairId?: string }) => {
    if (entry.type === "transport") chosen ??= entry.selectedCandidatePairId;
    if (entry.type === "candidate-pair") pairs.push(entry as Pair);
  });
  return (
    pairs.find(({ id }) => id === chosen) ??
    pairs.find(({ selected }) => selected === true) ?? // Firefox, which lists no transport
    pairs.find(({ nominated, state }) => nominated === true && state === "succeeded") ??
    null
  );
}

/** How the transport of this report reaches the court. */
export function pathOf(report: RTCStatsReport): MediaPath {
  const own = report.get(selectedPair(report)?.localCandidateId ?? "") as Candidate | undefined;
  if (own?.candidateType === "relay") return "relay";
  return own?.protocol === "udp" || own?.protocol === "tcp" ? own.protocol : "unknown";
}

/** What is told of several transports: the slowest way among them. */
export function slowest(paths: readonly MediaPath[]): MediaPath {
  return SLOWEST_FIRST.find((path) => paths.includes(path)) ?? "unknown";
}
