import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Icon } from "../ui/Icon";
import { Preferences } from "./Preferences";
import { ProjectMenu } from "./ProjectMenu";
import { useSlots } from "./slots";
import { UserMenu } from "./UserMenu";

const TABS = [
  { to: "/p/$projectId/build", text: "tabs.build" },
  { to: "/p/$projectId/data", text: "tabs.data" },
  { to: "/p/$projectId/runs", text: "tabs.runs" },
  { to: "/p/$projectId/deploy", text: "tabs.deploy" },
] as const;

/** Logo, project and its tabs, what the page puts there, language, theme and person. */
export function Topbar({ projectId }: { projectId?: string }) {
  const { t } = useTranslation("ui");
  const setState = useSlots((slots) => slots.setState);
  const setActions = useSlots((slots) => slots.setActions);
  return (
    <header className="topbar">
      <Link to="/" className="logo" aria-label={t("home")} data-testid="home">
        <Icon name="logo" size={20} />
      </Link>
      {projectId ? <ProjectMenu projectId={projectId} /> : <span className="strong">Layerloom</span>}
      <span ref={setState} className="row" />
      {projectId && (
        <>
          <span className="sep topbar-sep" />
          <nav className="tabs" aria-label={t("tabs.label")}>
            {TABS.map(({ to, text }) => (
              <Link key={to} to={to} params={{ projectId }} activeProps={{ className: "on" }}>
                {t(text)}
              </Link>
            ))}
          </nav>
        </>
      )}
      <span className="grow" />
      <div ref={setActions} className="row topbar-actions" />
      <Preferences />
      <UserMenu />
    </header>
  );
}
