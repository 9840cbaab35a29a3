import { useTranslation } from "react-i18next";
import { Badge } from "../../ui/Badge";
import { Icon } from "../../ui/Icon";
import { formatBytes, formatExact } from "../../ui/numbers";
import { Panel } from "../../ui/Panel";
import type { RunDetail } from "../api";
import { formatMetric } from "../metrics";

/** The stored states of the run, with their weights to download, the code they fit, and all of it as a project. */
export function Checkpoints({ run }: { run: RunDetail }) {
  const { t } = useTranslation("runs");
  const downloads = (
    <span className="row chips">
      <a className="btn ghost sm" href={`/api/v1/runs/${run.id}/code/`} download data-testid="download-code">
        <Icon name="code" size={14} />
        {t("checkpoints.code")}
      </a>
      {run.checkpoints.length > 0 && (
        <a
          className="btn ghost sm"
          href={`/api/v1/runs/${run.id}/project/`}
          title={t("checkpoints.projectAbout")}
          download
          data-testid="download-project"
        >
          <Icon name="download" size={14} />
          {t("checkpoints.project")}
        </a>
      )}
    </span>
  );
  return (
    <Panel title={t("checkpoints.title")} className="flush" actions={downloads}>
      {run.checkpoints.length === 0 ? (
        <p className="sm t3 inset">{t("checkpoints.none")}</p>
      ) : (
        <table className="tbl" data-testid="checkpoints">
          <tbody>
            {run.checkpoints.map((checkpoint) => (
              <tr key={checkpoint.id}>
                <td className="med" title={t("step", { number: formatExact(checkpoint.step) })}>
                  {t("epoch", { number: checkpoint.epoch })}
                  {checkpoint.step % (run.steps_per_epoch ?? 1) !== 0 && (
                    <span className="xs t3 mid-epoch">{t("step", { number: formatExact(checkpoint.step) })}</span>
                  )}
                </td>
                <td>
                  <span className="row chips">
                    {checkpoint.kinds.map((kind) => (
                      <Badge key={kind} tone={kind === "best" ? "ok" : undefined}>
                        {t(`checkpoints.${kind}`)}
                      </Badge>
                    ))}
                  </span>
                </td>
                <td className="num">{run.metric && formatMetric(run.metric, checkpoint.metrics[run.metric])}</td>
                <td className="num">
                  <a
                    className="btn ghost sm"
                    href={`/api/v1/runs/${run.id}/checkpoints/${checkpoint.id}/weights/`}
                    download
                    title={t("checkpoints.download", { step: checkpoint.step })}
                  >
                    <Icon name="download" size={14} />
                    <span className="sr-only">{t("checkpoints.download", { step: checkpoint.step })}, </span>
                    {formatBytes(checkpoint.size_bytes)}
                  </a>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}
