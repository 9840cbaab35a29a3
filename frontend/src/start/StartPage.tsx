export function StartPage() {
  return <main className="main" />;
}
