import { Injectable, Logger } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { notFound } from '../common/errors/gateway-error.js';
import { capabilitiesOf, toBaseId } from './capability.js';
import type { ModelEntry } from './model-entry.js';
import { ModelIndex } from './model-index.js';
import { ModelSource } from './model-source.js';

/** Lists older than this are refreshed in the background when they are next read. */
const FRESH_MS = 5 * 60_000;
/** An unknown id may be a new model; asking AWS for each one would let a client use up the control plane's quota. */
const MISS_REFRESH_INTERVAL_MS = 10_000;
/** Anything else would reach the ledger, which cannot store every character. */
const MODEL_ID = /^[\x21-\x7e]+$/;
const MODEL_ARN = /^arn:aws[a-z-]*:(?:bedrock|sagemaker):[a-z0-9-]*:\d*:[\w./:-]+$/;

/** The predecessor's clients send OpenAI's model names; `gpt-oss` is a model of its own. */
const OPENAI_CHAT_MODEL = /^gpt-(?!oss)/i;

/**
 * What may be called: Bedrock's own lists, kept in memory. The last good list survives an AWS outage; each list fails
 * alone. While no list was ever read, ids that look like Bedrock's pass, and Bedrock decides.
 */
@Injectable()
export class ModelCatalogue {
  private readonly logger = new Logger(ModelCatalogue.name);
  private index = new ModelIndex([], []);
  private loadedAt = Number.NEGATIVE_INFINITY;
  private refreshing: Promise<void> | undefined;

  constructor(
    private readonly source: ModelSource,
    private readonly config: AppConfig,
  ) {}

  /** Every id that can be called, in a stable order. */
  async list(): Promise<ModelIndex> {
    await this.ensureLoaded();
    return this.index;
  }

  /**
   * The entry of a client's model id; `undefined` is the default model.
   * @throws GatewayError 404 `model_not_found`
   */
  async resolve(requested: string | undefined): Promise<ModelEntry> {
    const requestedId = this.withoutAlias(requested);
    if (!MODEL_ID.test(requestedId)) {
      throw notFound('The model does not exist: its id holds characters that no id has.', 'model_not_found', 'model');
    }
    await this.ensureLoaded();
    const known = this.index.find(requestedId, this.config.awsRegion) ?? (await this.findAfterRefresh(requestedId));
    const invokeId = known?.invokeId ?? (this.mayPassUnlisted(requestedId) ? requestedId : undefined);
    if (invokeId === undefined) {
      throw notFound(`The model '${requestedId}' does not exist or is not available.`, 'model_not_found', 'model');
    }
    const baseId = known?.baseId ?? toBaseId(invokeId).baseId;
    return {
      requestedId,
      invokeId,
      baseId,
      provider: baseId.split('.', 1)[0] ?? baseId,
      capabilities: capabilitiesOf(baseId),
    };
  }

  private withoutAlias(requested: string | undefined): string {
    return requested === undefined || OPENAI_CHAT_MODEL.test(requested) ? this.config.defaultModel : requested;
  }

  /** Accounts name provisioned and imported models by ARN, which the lists need not hold. */
  private mayPassUnlisted(id: string): boolean {
    return MODEL_ARN.test(id) || (this.index.isEmpty && /^[a-z0-9-]+(\.[a-z0-9-]+)+(:[0-9a-z]+)*$/.test(id));
  }

  private async findAfterRefresh(id: string) {
    if (performance.now() - this.loadedAt < MISS_REFRESH_INTERVAL_MS) {
      return undefined;
    }
    await this.refresh();
    return this.index.find(id, this.config.awsRegion);
  }

  private async ensureLoaded(): Promise<void> {
    const age = performance.now() - this.loadedAt;
    if (age === Number.POSITIVE_INFINITY) {
      await this.refresh();
    } else if (age > FRESH_MS) {
      void this.refresh();
    }
  }

  /** One refresh at a time; never throws. */
  private refresh(): Promise<void> {
    this.refreshing ??= this.load().finally(() => {
      this.refreshing = undefined;
    });
    return this.refreshing;
  }

  private async load(): Promise<void> {
    const [models, profiles] = await Promise.all([
      this.orPrevious('foundation models', this.source.listModels(), this.index.models),
      this.orPrevious('inference profiles', this.source.listProfiles(), this.index.profiles),
    ]);
    this.index = new ModelIndex(models, profiles);
    this.loadedAt = performance.now();
  }

  private async orPrevious<T>(what: string, list: Promise<T>, previous: T): Promise<T> {
    try {
      return await list;
    } catch (error) {
      this.logger.warn({ err: error }, `Bedrock's list of ${what} could not be read; the last one is kept.`);
      return previous;
    }
  }
}
