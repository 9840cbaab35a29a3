import { WebSocket as ReconnectingSocket } from "partysocket";
import { languageTag } from "../api/client";
import type { RunEvent } from "./events";
import { RunLog } from "./runLog";

export type Connection = "connecting" | "live" | "reconnecting" | "closed";

/** The part of a websocket that the feed uses; the tests give one of their own. */
export interface FeedSocket {
  onopen: (() => void) | null;
  onmessage: ((message: { data: string }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
  reconnect(): void;
  close(): void;
}

/** The page redraws at most this often, however fast the points come. */
const REDRAW_MILLISECONDS = 100;
/** The server closes with one of these when trying again makes no sense: signed out, or no such run. */
const FINAL_CLOSE_CODES = [4401, 4404];

/**
 * Follows one run: opens the websocket after the last event it has, applies what comes, and tells its listeners at most
 * ten times a second. A lost connection is opened again after the last event applied.
 */
export class RunFeed {
  readonly log = new RunLog();
  connection: Connection = "connecting";
  /** Rises with each change that listeners were told of. */
  version = 0;

  private readonly socket: FeedSocket;
  private readonly listeners = new Set<() => void>();
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor(runId: string, openSocket: (url: () => string) => FeedSocket = openReconnectingSocket) {
    this.socket = openSocket(() => runSocketUrl(runId, this.log.lastSeq));
    this.socket.onopen = () => this.setConnection("live");
    this.socket.onmessage = (message) => this.receive(JSON.parse(message.data) as RunEvent);
    this.socket.onclose = (event) => {
      if (this.connection === "closed") {
        return;
      }
      if (FINAL_CLOSE_CODES.includes(event.code)) {
        this.close();
      } else {
        this.setConnection("reconnecting");
      }
    };
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  close(): void {
    this.setConnection("closed");
    this.socket.close();
  }

  private receive(event: RunEvent): void {
    const applied = this.log.apply(event);
    if (applied === "gap") {
      this.socket.reconnect();
    } else if (applied === "applied") {
      this.notifySoon();
    }
  }

  private setConnection(connection: Connection): void {
    this.connection = connection;
    this.notifySoon();
  }

  private notifySoon(): void {
    this.timer ??= setTimeout(() => {
      this.timer = null;
      this.version++;
      for (const listener of this.listeners) {
        listener();
      }
    }, REDRAW_MILLISECONDS);
  }
}

function runSocketUrl(runId: string, after: number): string {
  const scheme = window.location.protocol === "https:" ? "wss" : "ws";
  return `${scheme}://${window.location.host}/ws/runs/${runId}/?after=${after}&language=${languageTag()}`;
}

function openReconnectingSocket(url: () => string): FeedSocket {
  return new ReconnectingSocket(url, undefined, {
    minReconnectionDelay: 300,
    maxReconnectionDelay: 5000,
  }) as FeedSocket;
}
