/**
 * What is found where no engine answers, from what the library under it says: the fault itself, without the words around
 * it ("No connection established. Last error: Error: …"), and in words where nothing listens.
 * @param start how to start the engine
 */
export function connectionFault(said: string, start: string): string {
  const fault = said.split("\n")[0].replace(/^.*Last error: (?:Error: )?/, "");
  if (!fault.includes("ECONNREFUSED")) return `"${fault.replace(/\W*Resolution note:\s*$/, "")}"`;
  return `nothing that listens there (ECONNREFUSED): ${start}`;
}
