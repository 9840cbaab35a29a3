import { lazy, Suspense, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/Button";
import { Skeleton } from "../../ui/States";
import { useEditor } from "../state/context";
import { hasErrors } from "../state/problems";
import { type DrawerTab, useView } from "../state/view";
import { Problems } from "./Problems";
import { RunsTab } from "./RunsTab";

const CodeTab = lazy(() => import("./CodeTab"));
const HistoryTab = lazy(() => import("../history/HistoryTab"));
const TABS: DrawerTab[] = ["problems", "code", "runs", "history"];
/** A check longer than this is said to be under way. */
const PATIENCE_MS = 400;

/** Problems, the generated code, the project's runs and its versions, below the canvas. */
export function Drawer() {
  const { t } = useTranslation("editor");
  const drawer = useView((view) => view.drawer);
  const setView = useView((view) => view.set);
  const check = useEditor((editor) => editor.check.result);
  const count = check?.problems.length ?? 0;
  return (
    <section className={`drawer ${drawer ?? "folded"}`} aria-label={t("drawer.label")} data-testid="drawer">
      <div className="head">
        <div className="tabs" role="tablist">
          {TABS.map((tab) => (
            <button
              key={tab}
              type="button"
              role="tab"
              aria-selected={drawer === tab}
              className={drawer === tab ? "on" : undefined}
              onClick={() => setView({ drawer: drawer === tab ? null : tab })}
              data-testid={`drawer-${tab}`}
            >
              {t(`drawer.${tab}`)}
              {tab === "problems" && count > 0 && (
                <span className={hasErrors(check) ? "count bad" : "count"}>{count}</span>
              )}
            </button>
          ))}
        </div>
        <span className="grow" />
        <CheckStatus />
        <Button
          variant="ghost"
          size="sm"
          icon={drawer ? "down" : "up"}
          aria-label={t(drawer ? "drawer.fold" : "drawer.unfold")}
          onClick={() => setView({ drawer: drawer ? null : "problems" })}
        />
      </div>
      {drawer && (
        <div className="drawer-body" role="tabpanel" aria-label={t(`drawer.${drawer}`)}>
          {drawer === "problems" && <Problems />}
          {drawer === "code" && (
            <Suspense fallback={<Skeleton height={80} />}>
              <CodeTab />
            </Suspense>
          )}
          {drawer === "runs" && <RunsTab />}
          {drawer === "history" && (
            <Suspense fallback={<Skeleton height={80} />}>
              <HistoryTab />
            </Suspense>
          )}
        </div>
      )}
    </section>
  );
}

/** How long the check took; that it is under way when it takes long; that it cannot be had. */
function CheckStatus() {
  const { t } = useTranslation("editor");
  const { status, milliseconds } = useEditor((editor) => editor.check);
  const [long, setLong] = useState(false);
  useEffect(() => {
    setLong(false);
    if (status !== "checking") return;
    const timer = setTimeout(() => setLong(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [status]);
  let text = milliseconds === null ? "" : t("drawer.checked", { milliseconds: Math.round(milliseconds) });
  if (status === "checking" && long) text = t("drawer.checking");
  if (status === "failed") text = t("drawer.unavailable");
  return (
    <span
      className={status === "failed" ? "bad xs check-status" : "t3 xs check-status"}
      role="status"
      data-testid="check-status"
    >
      {text}
    </span>
  );
}
