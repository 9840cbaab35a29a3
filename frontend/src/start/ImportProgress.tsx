import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../ui/Button";
import { formatShare } from "../ui/numbers";

interface ImportProgressProps {
  name: string;
  /** What is sent, 0 to 1; at 1 the server reads it and says nothing until it is done. */
  share: number;
  onCancel: () => void;
}

/** How far an import is: the share that is sent, then for how long it has been read; and how to call it off. */
export function ImportProgress({ name, share, onCancel }: ImportProgressProps) {
  const { t } = useTranslation("start");
  const isSent = share >= 1;
  const seconds = useSeconds(isSent);
  return (
    <div className="row upload-progress" data-testid="import-progress">
      <span className="sm trunc" role="status">
        {t(isSent ? "import.reading" : "import.sending", { name })}
      </span>
      <progress value={isSent ? undefined : share} max={1} aria-label={t("import.progress", { name })} />
      <span className="sm num t2">{isSent ? t("import.seconds", { seconds }) : formatShare(share)}</span>
      <Button size="sm" variant="ghost" onClick={onCancel} data-testid="import-cancel">
        {t("ui:actions.cancel")}
      </Button>
    </div>
  );
}

/** Whole seconds since `running` became true. */
function useSeconds(running: boolean): number {
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    if (!running) return;
    setSeconds(0);
    const timer = setInterval(() => setSeconds((before) => before + 1), 1000);
    return () => clearInterval(timer);
  }, [running]);
  return seconds;
}
