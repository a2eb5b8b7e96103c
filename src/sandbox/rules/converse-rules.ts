import { BedrockError, validationError } from '../errors/bedrock-error.js';
import type { ConverseRequest } from '../wire/converse-request.js';
import * as cache from './cache.rules.js';
import * as content from './content.rules.js';
import * as conversation from './conversation.rules.js';
import * as jsonSchema from './json-schema.rules.js';
import * as parameter from './parameter.rules.js';
import * as reasoning from './reasoning.rules.js';
import type { Rule, RuleContext } from './rule.js';
import * as tool from './tool.rules.js';

/** Everything that Converse refuses beside the bounds of its API model; Bedrock's own checks stand before the model's. */
const CONVERSE_RULES: readonly Rule[] = [
  conversation.blocksSetOneMember,
  parameter.requestMetadataIsBounded,
  conversation.startsWithUser,
  conversation.rolesAlternate,
  conversation.contentIsNotEmpty,
  conversation.textIsNotBlank,
  tool.toolHistoryNeedsToolConfig,
  tool.toolSchemasAreObjects,
  tool.toolUseInputIsAnObject,
  tool.toolIdsAreUnique,
  tool.toolResultsAnswerTheirTurn,
  tool.toolResultsStandWithWhatTheyMay,
  tool.toolResultsAreTaken,
  tool.callsStandAlone,
  tool.failedToolResultHasContent,
  content.documentsHaveText,
  content.documentNamesAreNeutral,
  content.documentNamesAreUnique,
  content.mediaCountIsBounded,
  content.bytesAreBase64,
  parameter.responsePathsAreJsonPointers,
  conversation.systemIsSupported,
  tool.toolsAreSupported,
  tool.toolChoiceIsSupported,
  tool.nativeChoiceLeavesTheTypeToConverse,
  tool.strictToolsAreSupported,
  content.mediaIsSupported,
  content.mediaComesFromTheUser,
  content.mediaIsSentAsBytes,
  parameter.maxTokensFitTheModel,
  parameter.stopSequencesAreSupported,
  parameter.samplingIsSupported,
  parameter.latencyIsSupported,
  cache.cachingIsSupported,
  cache.cacheTtlIsSupported,
  jsonSchema.outputSchemaIsSupported,
  conversation.prefillIsSupported,
  tool.toolNamesAreUnique,
  tool.chosenToolExists,
  tool.toolBlocksStandInTheirRole,
  tool.failedToolResultIsText,
  content.mediaSizeIsBounded,
  content.textFitsClaude,
  parameter.temperatureExcludesTopP,
  parameter.nativeFieldsAreKnown,
  parameter.novaHighEffortTakesNoSampling,
  reasoning.thinkingSuitsTheModel,
  reasoning.thinkingBudgetIsBounded,
  reasoning.thinkingFixesSampling,
  reasoning.thinkingExcludesForcedTools,
  reasoning.openToolTurnKeepsItsThinking,
  reasoning.effortIsKnown,
  reasoning.highEffortThinks,
  reasoning.signaturesAreClaudes,
  cache.cachePointsAreBounded,
  cache.longerTtlComesFirst,
  jsonSchema.strictSchemasAreInTheSubset,
];

/** Throws the first refusal. */
export function checkConverse(request: ConverseRequest, context: RuleContext): void {
  for (const rule of CONVERSE_RULES) {
    const refusal = rule(request, context);
    if (refusal instanceof BedrockError) throw refusal;
    if (refusal !== undefined) throw validationError(refusal);
  }
}
