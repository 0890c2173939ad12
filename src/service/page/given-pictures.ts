/**
 * The pictures that were put in during this visit, so that the browser's back and forward find them again. They are not
 * stored anywhere: after a reload they are gone, which the page says.
 */
export class GivenPictures {
  /** Pictures that are kept; the oldest goes first. Photographs of 10 MB each are the case to think of. */
  private static readonly MOST = 20;
  private readonly pictures = new Map<number, File>();
  /** Tells visits apart: a number of an earlier one must not find a picture of this one. */
  private next = Date.now();

  /** @returns the number that finds it again */
  add(picture: File): number {
    const number = this.next++;
    this.pictures.set(number, picture);
    for (const oldest of this.pictures.keys()) {
      if (this.pictures.size <= GivenPictures.MOST) break;
      this.pictures.delete(oldest);
    }
    return number;
  }

  get(number: number): File | undefined {
    return this.pictures.get(number);
  }
}
