import { PatientClient } from '../../test/support/patient-client.js';
import { MediaFetcher, type FetchedFile, type FetchedTogether } from '../common/media/media-fetcher.js';
import type { AppConfig } from '../config/app-config.js';
import { chatRequestSchema, type ChatRequest } from '../openai/chat-request.schema.js';
import { RequestMedia } from './request-media.js';

class RecordingFetcher extends MediaFetcher {
  readonly asked: [string, string][] = [];
  readonly shared = new Set<FetchedTogether>();

  override fetch(url: string, param: string, together: FetchedTogether): Promise<FetchedFile> {
    this.asked.push([url, param]);
    this.shared.add(together);
    return Promise.resolve({ bytes: new Uint8Array([1]) });
  }
}

function imageRequest(urls: string[]): ChatRequest {
  const images = urls.map((url) => ({ type: 'image_url', image_url: { url } }));
  return chatRequestSchema.parse({
    messages: [
      { role: 'system', content: 'look' },
      { role: 'user', content: [{ type: 'text', text: 'what is this?' }, ...images] },
    ],
  });
}

const media = (fetcher: MediaFetcher, mediaFetch = true) => new RequestMedia(fetcher, { mediaFetch } as AppConfig);

describe(RequestMedia.name, () => {
  it('fetches each URL once and leaves data URLs alone', async () => {
    const fetcher = new RecordingFetcher();
    const url = 'https://example.com/a.png';
    const files = await media(fetcher).fetch(
      imageRequest([url, url, 'data:image/png;base64,AA==']),
      new PatientClient(),
    );
    expect([...files.keys()]).toEqual([url]);
    expect(fetcher.asked).toEqual([[url, 'messages[1].content[1].image_url.url']]);
  });

  it('refuses URLs where fetching is off, naming the field', async () => {
    const fetcher = new RecordingFetcher();
    const refused = media(fetcher, false).fetch(imageRequest(['https://example.com/a.png']), new PatientClient());
    await expect(refused).rejects.toMatchObject({ status: 400, param: 'messages[1].content[1].image_url.url' });
    expect(fetcher.asked).toEqual([]);
  });

  it('names the field of a URL that JSON writes in another way', async () => {
    const refused = media(new RecordingFetcher(), false).fetch(
      imageRequest(['https:\\\\127.0.0.1/']),
      new PatientClient(),
    );
    await expect(refused).rejects.toMatchObject({ param: 'messages[1].content[1].image_url.url' });
  });

  it('bounds the files of one request together', async () => {
    const fetcher = new RecordingFetcher();
    await media(fetcher).fetch(
      imageRequest(['https://example.com/a.png', 'https://example.com/b.png']),
      new PatientClient(),
    );
    const [together, ...others] = fetcher.shared;
    expect(others).toEqual([]);
    expect([together?.take(50 * 1024 * 1024), together?.take(1)]).toEqual([true, false]);
  });

  it('refuses more URLs than a model could take', async () => {
    const urls = Array.from({ length: 26 }, (_, index) => `https://example.com/${index}.png`);
    await expect(media(new RecordingFetcher()).fetch(imageRequest(urls), new PatientClient())).rejects.toMatchObject({
      param: 'messages',
    });
  });
});
