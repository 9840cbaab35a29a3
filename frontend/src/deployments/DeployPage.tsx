export function DeployPage() {
  return <main className="main" />;
}
