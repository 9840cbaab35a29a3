export function EditorPage() {
  return <main className="main" />;
}
