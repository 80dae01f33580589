/** The person turned away from a question. */
export class Withdrawn extends Error {}
