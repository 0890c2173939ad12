/** The most entries of one map: V8's limit is twice this. */
const MAP_ENTRIES = 2 ** 23;

/** Tells an id that comes a second time, of any number of ids: a map alone ends at 16.7 million. */
export class DistinctIds<Place> {
  private readonly maps: Map<string, Place>[] = [new Map()];

  /** @param mapEntries ids of one map. Default: half of what it can hold */
  constructor(private readonly mapEntries: number = MAP_ENTRIES) {}

  /** Notes where an id is. @returns where it was before; undefined, and it is noted, when it is new */
  add(id: string, place: Place): Place | undefined {
    const known = this.maps.find(map => map.has(id));
    if (known !== undefined) return known.get(id);
    const last = this.maps[this.maps.length - 1];
    last.set(id, place);
    if (last.size === this.mapEntries) this.maps.push(new Map());
    return undefined;
  }
}
