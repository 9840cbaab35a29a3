import { CopyButton } from "./CopyButton";
import { Icon } from "./Icon";
import "./forms.css";

interface SecretProps {
  secret: string;
  /** That it is shown this once. */
  title: string;
  copyLabel: string;
  testId?: string;
}

/** A key or a link that the server shows once. */
export function Secret({ secret, title, copyLabel, testId }: SecretProps) {
  return (
    <div className="secret" role="status">
      <Icon name="key" />
      <div className="grow">
        <div className="sm strong">{title}</div>
        <code className="mono secret-text" data-testid={testId}>
          {secret}
        </code>
      </div>
      <CopyButton text={secret} label={copyLabel} size="sm" />
    </div>
  );
}
