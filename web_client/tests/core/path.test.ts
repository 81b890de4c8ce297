import { expect, it } from "vitest";

import { pathOf, selectedPair, slowest } from "../../src/core/path";

function report(...entries: (Record<string, unknown> & { id: string })[]): RTCStatsReport {
  return new Map(entries.map((entry) => [entry.id, entry])) as unknown as RTCStatsReport;
}

const UDP = { id: "udp", type: "local-candidate", candidateType: "host", protocol: "udp" };
const TCP = { id: "tcp", type: "local-candidate", candidateType: "prflx", protocol: "tcp" };
const RELAY = { id: "relay", type: "local-candidate", candidateType: "relay", protocol: "udp", relayProtocol: "tls" };
const pair = (id: string, local: string, more: object = {}) => ({
  id,
  type: "candidate-pair",
  localCandidateId: local,
  nominated: true,
  state: "succeeded",
  ...more,
});

it("tells the path of the pair that is used now, not of one that was nominated before", () => {
  const transport = { id: "t", type: "transport", selectedCandidatePairId: "new" };
  expect(pathOf(report(pair("old", "udp"), pair("new", "tcp"), UDP, TCP, transport))).toBe("tcp");
  expect(pathOf(report(pair("old", "udp"), pair("new", "tcp", { selected: true }), UDP, TCP))).toBe("tcp");
  expect(pathOf(report(pair("only", "udp"), UDP))).toBe("udp");
});

it("calls a candidate of a TURN server a relay, although the relay forwards UDP", () => {
  expect(pathOf(report(pair("p", "relay"), RELAY))).toBe("relay");
});

it("does not know a path before a pair works, nor one without its candidate", () => {
  expect(pathOf(report(pair("p", "udp", { state: "in-progress" }), UDP))).toBe("unknown");
  expect(pathOf(report(pair("p", "missing"), UDP))).toBe("unknown");
  expect(selectedPair(report())).toBeNull();
});

it("tells the slowest of several", () => {
  expect(slowest(["udp", "tcp"])).toBe("tcp");
  expect(slowest(["relay", "tcp", "unknown"])).toBe("relay");
  expect(slowest(["udp", "unknown"])).toBe("udp");
  expect(slowest([])).toBe("unknown");
});
