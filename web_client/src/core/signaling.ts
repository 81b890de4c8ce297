import { io, type Socket } from "socket.io-client";

import type { Ack, Requests, RoomToken, SyncResult, Terminated, Text, ViewChanged, WireError } from "../protocol";
import { ApiError, roomToken } from "./api";
import { Quiet } from "./quiet";
import { applyEvent, applySync, EMPTY, syncRequest, type Stream } from "./store";

/** A request that was refused by the server or could not be carried to it. */
export class RequestError extends Error {
  readonly code: string;
  readonly text: Text;
  readonly citation: string | null;

  constructor(error: Pick<WireError, "code" | "message" | "text"> & { citation?: string | null }) {
    super(error.message);
    this.name = "RequestError";
    this.code = error.code;
    this.text = error.text;
    this.citation = error.citation ?? null;
  }
}

const NOT_CONNECTED = {
  code: "not_connected",
  message: "there is no connection",
  text: { zh: "现在没有连接。连上以后请再试一次。", en: "There is no connection now. Try again once connected." },
};
const NO_ANSWER = {
  code: "no_answer",
  message: "no acknowledgement in time",
  text: { zh: "服务器没有及时回答。请再试一次。", en: "The server did not answer in time. Try again." },
};

/**
 * `connecting` before the first view, `connected` while the view is live, `reconnecting` after a loss, `refused`
 * while the server does not let this page in (it goes on trying), `ended` for good.
 */
export type ConnectionStatus = "connecting" | "connected" | "reconnecting" | "refused" | "ended";

export interface SignalingHooks {
  /** The view changed; `restarted` when the stream is another one than before (the server was restarted). */
  onView(stream: Stream, restarted: boolean): void;
  onStatus(status: ConnectionStatus, refusal: Text | null): void;
  onTerminated(last: Terminated): void;
  /** The device session holds this place no more or may not come now (a refusal of the room token). */
  onForbidden(error: ApiError): void;
  /** Server time minus the page's, in milliseconds. */
  onServerTime(offsetMs: number): void;
  /** TURN servers, with credentials as fresh as the connection that is about to be made. */
  onIceServers(servers: RoomToken["ice_servers"]): void;
}

const REQUEST_TIMEOUT_MS = 10_000;
const CONNECT_TIMEOUT_MS = 8_000;
const BACKOFF_MS = [0, 400, 1000, 1500] as const;
/**
 * A request sent into a network that is gone stays without an answer, and so does one that a browser sends over an old
 * connection after the network has changed: short waits first, longer ones for slow lines.
 */
const TOKEN_TIMEOUT_MS = [1000, 1500, 3000, 6000, 15_000] as const;
const REFUSED_RETRY_MS = 4000;
const RESYNC_MIN_MS = 300;
/** The server pings every 3 s. A lost network is shown before the connection is given up, which takes 7 s. */
const QUIET_MS = 4200;
/** Answers that another try does not change: the page then asks where it stands. */
const isFinal = (status: number) => status >= 400 && status < 500 && ![408, 425, 429].includes(status);

/**
 * The signaling channel of one participation: it connects, stays connected, keeps the view in step, and carries
 * requests. Every connection takes a fresh room token; a token is never kept or shown.
 */
export class Signaling {
  private readonly participation: string;
  private readonly hooks: SignalingHooks;
  private stream: Stream = EMPTY;
  private socket: Socket | null = null;
  private status: ConnectionStatus = "connecting";
  private attempt = 0;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private running = false;
  private connecting: AbortController | null = null;
  private syncing: Promise<void> | null = null;
  private early: ViewChanged[] = [];
  private readonly quiet = new Quiet(QUIET_MS, (quiet) => {
    if (this.status === "connected" && quiet) this.setStatus("reconnecting");
    else if (this.status === "reconnecting" && !quiet && !this.syncing) this.setStatus("connected");
  });

  constructor(participation: string, hooks: SignalingHooks) {
    this.participation = participation;
    this.hooks = hooks;
  }

  start(): void {
    if (this.running) return;
    this.running = true;
    window.addEventListener("online", this.onOnline);
    window.addEventListener("offline", this.onOffline);
    document.addEventListener("visibilitychange", this.onVisible);
    void this.connect();
  }

  stop(): void {
    this.running = false;
    if (this.timer) clearTimeout(this.timer);
    this.connecting?.abort();
    this.connecting = null;
    window.removeEventListener("online", this.onOnline);
    window.removeEventListener("offline", this.onOffline);
    document.removeEventListener("visibilitychange", this.onVisible);
    this.dropSocket();
  }

  /**
   * Sends one request and gives the `result` of its acknowledgement.
   *
   * @throws RequestError where it was refused, not answered within 10 s, or there is no connection.
   */
  async request<Event extends keyof Requests>(event: Event, body: Requests[Event]): Promise<unknown> {
    const socket = this.socket;
    if (!socket?.connected) throw new RequestError(NOT_CONNECTED);
    let ack: Ack;
    try {
      ack = (await socket.timeout(REQUEST_TIMEOUT_MS).emitWithAck(event, body)) as Ack;
    } catch {
      throw new RequestError(this.socket === socket && socket.connected ? NO_ANSWER : NOT_CONNECTED);
    }
    if (!ack.ok) throw new RequestError(ack.error ?? NO_ANSWER);
    return ack.result;
  }

  private readonly onVisible = () => {
    if (document.visibilityState === "hidden" || this.socket || this.connecting || !this.running) return;
    this.attempt = 0;
    this.schedule(0);
  };

  private readonly onOnline = () => {
    if (this.socket?.io.engine?.readyState === "open" || !this.running) return;
    // What was asked before went into a network that is no more.
    this.dropSocket();
    this.connecting?.abort();
    this.connecting = null;
    this.attempt = 0;
    this.schedule(0);
  };

  private readonly onOffline = () => {
    // The browser knows before a missing ping tells: show it, and do not wait for a socket that is gone.
    if (!this.socket) return;
    this.dropSocket();
    this.attempt = Math.max(this.attempt, 1); // asking at once would ask nobody
    this.lost();
  };

  private setStatus(status: ConnectionStatus, refusal: Text | null = null): void {
    this.status = status;
    this.hooks.onStatus(status, refusal);
  }

  private schedule(delayMs: number): void {
    if (!this.running) return;
    if (this.timer) clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.connect(), delayMs);
  }

  private lost(): void {
    if (!this.running) return;
    this.setStatus(this.stream.view ? "reconnecting" : "connecting");
    const delay = BACKOFF_MS[Math.min(this.attempt, BACKOFF_MS.length - 1)] ?? 0;
    this.attempt += 1;
    this.schedule(delay * (0.75 + Math.random() / 2));
  }

  private async connect(): Promise<void> {
    if (this.connecting || this.socket || !this.running) return;
    const asking = new AbortController();
    this.connecting = asking;
    const patienceMs = TOKEN_TIMEOUT_MS[Math.min(this.attempt, TOKEN_TIMEOUT_MS.length - 1)];
    const timer = setTimeout(() => asking.abort(), patienceMs);
    try {
      const token = await roomToken(this.participation, asking.signal);
      if (!this.running || this.connecting !== asking) return;
      this.hooks.onIceServers(token.ice_servers);
      this.open(token);
    } catch (error) {
      if (!this.running || this.connecting !== asking) return;
      if (error instanceof ApiError && isFinal(error.status)) {
        this.end();
        this.hooks.onForbidden(error);
      } else {
        this.lost();
      }
    } finally {
      clearTimeout(timer);
      if (this.connecting === asking) this.connecting = null;
    }
  }

  private open(token: RoomToken): void {
    const socket = io({
      path: token.socket_path,
      auth: { token: token.token },
      transports: ["websocket", "polling"],
      tryAllTransports: true,
      reconnection: false,
      forceNew: true,
      timeout: CONNECT_TIMEOUT_MS,
    });
    this.socket = socket;
    const mine = () => this.socket === socket;
    socket.io.on("ping", () => mine() && this.quiet.heard());
    socket.on("connect", () => {
      if (!mine()) return;
      this.quiet.heard();
      void this.synchronise(false);
    });
    socket.on("view_changed", (event: ViewChanged) => mine() && this.take(event));
    socket.on("terminated", (last: Terminated) => {
      if (!mine()) return;
      this.end();
      this.hooks.onTerminated(last);
    });
    socket.on("connect_error", (error: Error & { data?: WireError }) => {
      if (!mine()) return;
      this.dropSocket();
      if (error.data?.text && !error.data.code.startsWith("token_")) {
        this.setStatus("refused", error.data.text);
        this.schedule(REFUSED_RETRY_MS);
      } else {
        this.lost();
      }
    });
    socket.on("disconnect", () => {
      if (!mine()) return;
      this.dropSocket();
      this.lost();
    });
  }

  private dropSocket(): void {
    const socket = this.socket;
    this.socket = null;
    this.quiet.stop();
    this.syncing = null;
    this.early = [];
    socket?.removeAllListeners();
    socket?.disconnect();
  }

  private end(): void {
    this.stop();
    this.setStatus("ended");
  }

  private take(event: ViewChanged): void {
    if (this.syncing) {
      this.early.push(event);
      return;
    }
    const [next, outcome] = applyEvent(this.stream, event);
    if (outcome === "applied") this.publish(next);
    else if (outcome === "gap") void this.synchronise(false);
  }

  private publish(next: Stream): void {
    const restarted = this.stream.stream !== null && this.stream.stream !== next.stream;
    this.stream = next;
    this.hooks.onView(next, restarted);
  }

  /** Asks for what was missed; `fresh` asks for a snapshot whatever this page has. */
  private synchronise(fresh: boolean): Promise<void> {
    this.syncing ??= this.runSync(this.socket, fresh);
    return this.syncing;
  }

  private async runSync(socket: Socket | null, fresh: boolean): Promise<void> {
    this.early = [];
    let result: SyncResult;
    try {
      result = (await this.request("sync", syncRequest(fresh ? EMPTY : this.stream))) as SyncResult;
    } catch {
      if (this.socket !== socket) return;
      this.dropSocket();
      this.lost();
      return;
    }
    if (this.socket !== socket) return;
    const [next, outcome] = applySync(fresh ? EMPTY : this.stream, result, this.early);
    this.syncing = null;
    this.early = [];
    this.hooks.onServerTime(Date.parse(result.server_time) - Date.now());
    if (next.view !== null && next !== EMPTY) this.publish(next);
    if (outcome === "gap") {
      setTimeout(() => this.socket === socket && void this.synchronise(true), RESYNC_MIN_MS);
      return;
    }
    this.attempt = 0;
    if (this.status !== "connected") this.setStatus("connected");
  }
}
