import { toFinishReason, toNativeFinishReason } from './to-finish-reason.js';

describe(toFinishReason.name, () => {
  it.each([
    ['end_turn', false, 'stop'],
    ['end_turn', true, 'tool_calls'],
    ['stop_sequence', false, 'stop'],
    ['tool_use', true, 'tool_calls'],
    ['tool_use', false, 'stop'],
    ['max_tokens', false, 'length'],
    ['max_tokens', true, 'length'],
    ['model_context_window_exceeded', false, 'length'],
    ['guardrail_intervened', false, 'content_filter'],
    ['content_filtered', true, 'content_filter'],
    ['refusal', false, 'content_filter'],
    ['malformed_model_output', false, 'stop'],
    ['malformed_tool_use', true, 'stop'],
    ['something_of_next_year', false, 'stop'],
    ['something_of_next_year', true, 'tool_calls'],
    [undefined, false, 'stop'],
  ])('maps %s, tools called: %s', (stopReason, callsTools, expected) => {
    expect(toFinishReason(stopReason, callsTools)).toBe(expected);
  });
});

describe(toNativeFinishReason.name, () => {
  it('tells an answer that may be unusable from a good one', () => {
    expect(toNativeFinishReason('malformed_tool_use')).toBe('malformed_tool_use');
    expect(toNativeFinishReason('end_turn')).toBeUndefined();
  });
});
