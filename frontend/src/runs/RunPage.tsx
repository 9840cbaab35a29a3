export function RunPage() {
  return <main className="main" />;
}
