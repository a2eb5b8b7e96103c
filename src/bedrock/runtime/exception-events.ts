/** Some models' exceptions come in frames of events, with the name of the exception for that of the event. */
export function isExceptionEvent(eventType: string): boolean {
  return eventType.endsWith('Exception');
}
