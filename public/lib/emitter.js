/* Something that tells others what happens to it; each event has a name, and a detail of its own type. */

/** @template {Record<string, unknown>} Events */
export class Emitter {
  /** @type {{ [Name in keyof Events]?: ((detail: Events[Name]) => void)[] }} */
  #listeners = {};

  /**
   * @template {keyof Events} Name
   * @param {Name} name
   * @param {(detail: Events[Name]) => void} listener
   */
  on(name, listener) {
    const listeners = this.#listeners[name] ?? [];
    this.#listeners[name] = [...listeners, listener];
  }

  /**
   * @template {keyof Events} Name
   * @param {Name} name
   * @param {Events[Name]} detail
   */
  emit(name, detail) {
    for (const listener of this.#listeners[name] ?? []) listener(detail);
  }
}
