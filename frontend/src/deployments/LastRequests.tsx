import { useTranslation } from "react-i18next";
import type { Language } from "../i18n";
import { formatLoss, formatShare } from "../ui/numbers";
import { formatTime } from "../ui/times";
import type { LoggedRequest } from "./api";

const SHOWN = 8;
/** How the server names the caller when the page itself asked. */
const THIS_PAGE = "this page";

export function LastRequests({ requests }: { requests: LoggedRequest[] }) {
  const { t, i18n } = useTranslation("deployments");
  return (
    <div className="last-requests">
      <h3 className="sm strong">{t("requests.title")}</h3>
      {requests.length === 0 && <p className="sm t3 inset">{t("requests.none")}</p>}
      <table className="tbl rq" data-testid="last-requests">
        <tbody>
          {requests.slice(0, SHOWN).map((request) => (
            <tr key={request.request_id}>
              <td className="t2">{formatTime(request.time, i18n.language as Language, true)}</td>
              <td className={statusClass(request.status)}>{request.status}</td>
              <td className="t2">v{request.version_number}</td>
              <td className="rq-summary">
                <Summary request={request} />
              </td>
              <td className="t2 trunc">{request.caller === THIS_PAGE ? t("requests.thisPage") : request.caller}</td>
              <td className="num">{request.latency_ms.toFixed(1)} ms</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Summary({ request: { summary, num_rows } }: { request: LoggedRequest }) {
  const { t } = useTranslation("deployments");
  if (summary.message) return <span title={summary.message}>{summary.message}</span>;
  if (summary.class !== undefined) {
    return (
      <>
        {String(summary.class)}{" "}
        {summary.probability !== undefined && <span className="t3">{formatShare(summary.probability)}</span>}
      </>
    );
  }
  if (summary.value !== undefined) return <>{formatLoss(summary.value)}</>;
  return <>{t("requests.rows", { count: summary.rows ?? num_rows })}</>;
}

function statusClass(status: number): string {
  if (status < 400) return "ok";
  return status < 500 ? "warnc" : "bad";
}
