/** True when the notebook runs under `hashbook run --smoke`: cells then do as little as shows that they work. */
export const smoke: boolean = process.env.HASHBOOK_SMOKE === "1";
