import { useTranslation } from "react-i18next";
import { ApiError } from "../api/client";
import "./forms.css";

/** The server's sentence about what it refused, beside the form that was sent. Nothing while there is no error. */
export function Problem({ error }: { error: unknown }) {
  const { t } = useTranslation("ui");
  if (!error) return null;
  const known = error instanceof ApiError;
  return (
    <div className="form-problem" role="alert">
      <p>{known ? error.message : t("errors.unexpected")}</p>
      {known &&
        error.details
          .filter((detail) => detail.message !== error.message)
          .map((detail) => (
            <p key={detail.path + detail.code}>
              {detail.path && <code className="mono">{detail.path}: </code>}
              {detail.message}
            </p>
          ))}
    </div>
  );
}

/** What the server said about one field of the form. */
export function fieldProblem(error: unknown, path: string): string | undefined {
  if (!(error instanceof ApiError)) return undefined;
  return error.details.find((detail) => detail.path === path)?.message;
}
