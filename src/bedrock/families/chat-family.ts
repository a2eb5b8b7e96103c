import type { ModelEntry } from '../../models/model-entry.js';
import type { ChatRequest } from '../../openai/chat-request.schema.js';
import type { Mapping, NativeFields, PrepareContext, PreparedConverse } from '../converse/mapping.js';
import { noReasoning, type ReasoningPlan, type ReasoningRequest } from '../converse/reasoning/reasoning-plan.js';
import type { ClientTool, SystemToolName } from '../converse/system-tools.js';
import { offersTools } from '../converse/offers-tools.js';
import type { Extensions } from '../converse/to-extensions.js';
import { toConverseInput } from '../converse/to-converse-input.js';

export type { PrepareContext, PreparedConverse } from '../converse/mapping.js';

/**
 * A family of models that takes the same requests on Converse. The capability table says what each model can do; a
 * family holds only what is done differently. Singletons without state of any request.
 */
export abstract class ChatFamily {
  /** As it stands in the ledger. */
  abstract readonly name: string;

  /** Tools that run inside Bedrock and that models of this family have. */
  protected readonly systemTools: readonly SystemToolName[] = [];

  abstract serves(model: ModelEntry): boolean;

  /**
   * The request in Converse's words.
   * @throws GatewayError 400 that names what this model cannot do
   */
  prepare(request: ChatRequest, model: ModelEntry, context: PrepareContext): PreparedConverse {
    return toConverseInput(request, model, context, {
      reasoning: (wanted, mapping) => this.reasoning(wanted, mapping),
      nativeFields: (chatRequest, extensions, isReasoning, mapping) =>
        this.nativeFields(chatRequest, extensions, isReasoning, mapping),
      toolCallId: (id) => this.toolCallId(id, model),
      takesStopSequence: (sequence) => this.takesStopSequence(sequence),
      systemTools: this.systemTools,
      isNativeTool: (tool) => this.isNativeTool(tool),
    });
  }

  /** How the model is asked to reason. */
  protected reasoning(wanted: ReasoningRequest, mapping: Mapping): ReasoningPlan {
    return noReasoning(wanted, mapping);
  }

  /** Fields of OpenAI's request that this family takes in its own words, for `additionalModelRequestFields`. */
  protected nativeFields(
    request: ChatRequest,
    extensions: Extensions,
    _isReasoning: boolean,
    mapping: Mapping,
  ): NativeFields {
    if (extensions.output_config?.effort && extensions.thinking === undefined) {
      mapping.adapt('output_config');
    }
    if (extensions.anthropic_beta !== undefined) {
      mapping.adapt('anthropic_beta');
    }
    if (request.parallel_tool_calls === false && offersTools(request)) {
      mapping.adapt('parallel_tool_calls');
    }
    return {};
  }

  /** The id of a tool call as this family takes it; the same id for the same call every time. */
  protected toolCallId(id: string, _model: ModelEntry): string {
    return id;
  }

  /** Whether this family gives a tool to the model in its own words, among its native fields. */
  protected isNativeTool(_tool: ClientTool): boolean {
    return false;
  }

  protected takesStopSequence(sequence: string): boolean {
    return sequence !== '';
  }
}
