import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { projectsQuery } from "../api/projects";
import { ErrorState } from "../ui/States";
import { useTitle } from "../ui/useTitle";
import { ProjectTable } from "./ProjectTable";
import { Samples } from "./Samples";
import { StartOwn } from "./StartOwn";
import { TemplateGallery } from "./TemplateGallery";
import "../datasets/datasets.css";
import "./start.css";

const RECENT = 5;

export function StartPage() {
  const { t } = useTranslation("start");
  const projects = useQuery(projectsQuery);
  const known = projects.data?.results ?? [];
  useTitle(undefined);
  return (
    <main className="page-body">
      <div className="start">
        <div>
          <h1>{t("title")}</h1>
          <p className="t2 start-about">{t("about")}</p>
        </div>
        <Samples />
        <TemplateGallery />
        <StartOwn />
        <section aria-labelledby="recent">
          <div className="sechead">
            <h2 id="recent">{t("projects.recent")}</h2>
            <span className="grow" />
            {known.length > RECENT && (
              <Link className="sm" to="/projects">
                {t("projects.all")}
              </Link>
            )}
          </div>
          {projects.error && <ErrorState error={projects.error} onRetry={() => void projects.refetch()} />}
          {projects.data && known.length === 0 && <p className="empty sm t2">{t("projects.none")}</p>}
          {known.length > 0 && <ProjectTable projects={known.slice(0, RECENT)} />}
        </section>
      </div>
    </main>
  );
}
