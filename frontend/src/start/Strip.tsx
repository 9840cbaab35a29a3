/** The layers of a graph as a row of small blocks in their families' colours. */
export function Strip({ families }: { families: readonly string[] }) {
  return (
    <span className="strip-row" aria-hidden="true">
      {families.map((family, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a block is its place.
        <i key={index} className={`fam-${family}`} />
      ))}
    </span>
  );
}

/** The same as a small picture of the graph, from the top down. */
export function Tower({ families }: { families: readonly string[] }) {
  return (
    <span className="tower" aria-hidden="true">
      {families.map((family, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a block is its place.
        <i key={index} className={`fam-${family}`} />
      ))}
    </span>
  );
}
