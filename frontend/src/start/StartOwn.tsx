import { Link, useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { UploadField } from "../datasets/UploadField";
import { Icon } from "../ui/Icon";
import { Problem } from "../ui/Problem";
import { useCreateProject } from "./api";
import { ImportModel } from "./ImportModel";

/** From data of one's own, from the data sets there are, or from nothing. */
export function StartOwn() {
  const { t } = useTranslation("start");
  const navigate = useNavigate();
  const create = useCreateProject();
  const startBlank = () =>
    create.mutate(
      { name: t("own.blankName") },
      { onSuccess: (project) => void navigate({ to: "/p/$projectId/build", params: { projectId: project.id } }) },
    );
  return (
    <section aria-labelledby="own">
      <div className="sechead">
        <h2 id="own">{t("own.title")}</h2>
      </div>
      <div className="cards3 own">
        <UploadField
          title={t("own.data")}
          onDone={(dataset) => void navigate({ to: "/datasets/$datasetId", params: { datasetId: dataset.id } })}
        >
          {t("own.dataAbout")}
        </UploadField>
        <ImportModel />
        <Link className="from" to="/datasets" data-testid="all-datasets">
          <span className="from-icon">
            <Icon name="db" />
          </span>
          <span>
            <span className="med">{t("own.datasets")}</span>
            <span className="xs t3 from-about">{t("own.datasetsAbout")}</span>
          </span>
          <Icon name="right" className="t3" />
        </Link>
        <button
          type="button"
          className="from"
          disabled={create.isPending}
          onClick={startBlank}
          data-testid="blank-project"
        >
          <span className="from-icon">
            <Icon name="plus" />
          </span>
          <span>
            <span className="med">{t("own.blank")}</span>
            <span className="xs t3 from-about">{t("own.blankAbout")}</span>
          </span>
          <Icon name="right" className="t3" />
        </button>
      </div>
      <Problem error={create.error} />
    </section>
  );
}
