import { newAnswerState, type AnswerState } from './answer-state.js';
import type { AnswerWays } from './answer-context.js';
import { toFinishReason, toNativeFinishReason } from './to-finish-reason.js';

function stateOf(stopReason: string | undefined, toolCalls = 0, ways: AnswerWays = {}): AnswerState {
  const state = newAnswerState({ id: 'chatcmpl-1', created: 1, model: 'm', ...ways });
  state.summary.stopReason = stopReason;
  state.toolCalls = toolCalls;
  return state;
}

describe(toFinishReason.name, () => {
  it.each([
    ['end_turn', 0, 'stop'],
    ['end_turn', 1, 'tool_calls'],
    ['stop_sequence', 0, 'stop'],
    ['tool_use', 2, 'tool_calls'],
    ['tool_use', 0, 'stop'],
    ['max_tokens', 0, 'length'],
    ['max_tokens', 1, 'length'],
    ['model_context_window_exceeded', 0, 'length'],
    ['guardrail_intervened', 0, 'content_filter'],
    ['content_filtered', 1, 'content_filter'],
    ['refusal', 0, 'content_filter'],
    ['malformed_model_output', 0, 'stop'],
    ['malformed_tool_use', 1, 'stop'],
    ['something_of_next_year', 0, 'stop'],
    ['something_of_next_year', 1, 'tool_calls'],
    [undefined, 0, 'stop'],
  ])('maps %s with %i calls', (stopReason, toolCalls, expected) => {
    expect(toFinishReason(stateOf(stopReason, toolCalls))).toBe(expected);
  });

  it('is function_call for a client of functions', () => {
    expect(toFinishReason(stateOf('tool_use', 1, { legacyCall: true }))).toBe('function_call');
  });

  it.each([
    ['max_tokens', 'stop'],
    ['content_filtered', 'content_filter'],
  ])('after a stop sequence that the gateway saw, %s is %s', (stopReason, expected) => {
    const state = stateOf(stopReason, 0, { stopSequences: ['X'] });
    state.stop.push('aXb');
    expect(toFinishReason(state)).toBe(expected);
  });
});

describe(toNativeFinishReason.name, () => {
  it('tells an answer that may be unusable from a good one', () => {
    expect(toNativeFinishReason(stateOf('malformed_tool_use'))).toBe('malformed_tool_use');
    expect(toNativeFinishReason({ ...stateOf('end_turn'), imageFailed: true })).toBe('image_error');
    expect(toNativeFinishReason(stateOf('end_turn'))).toBeUndefined();
  });
});
