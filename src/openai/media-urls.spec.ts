import { chatRequestSchema } from './chat-request.schema.js';
import { mediaUrls } from './media-urls.js';

describe(mediaUrls.name, () => {
  it('lists every remote file once, wherever it stands, with the field that names it first', () => {
    const request = chatRequestSchema.parse({
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'https://not.a/file' },
            { type: 'image_url', image_url: { url: 'https://a/1.png' } },
            { type: 'image_url', image_url: 'HTTPS://a/2.png' },
            { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
            { type: 'file', file: { file_data: 'https://a/3.pdf' } },
            { type: 'video_url', video_url: { url: 'http://a/4.mp4' } },
            { type: 'document', source: { type: 'url', url: 'https://a/6.pdf' } },
            {
              type: 'tool_result',
              tool_use_id: 'x',
              content: [{ type: 'image', source: { type: 'url', url: 'https://a/7.png' } }],
            },
          ],
        },
        {
          role: 'tool',
          tool_call_id: 'x',
          content: [
            { type: 'image_url', image_url: { url: 'https://a/1.png' } },
            { type: 'file', file: { file_id: 'https://a/5.pdf' } },
            { type: 'file', file: { file_id: 'file-123' } },
          ],
        },
      ],
    });
    expect([...mediaUrls(request)]).toEqual([
      ['https://a/1.png', 'messages[0].content[1].image_url.url'],
      ['HTTPS://a/2.png', 'messages[0].content[2].image_url'],
      ['https://a/3.pdf', 'messages[0].content[4].file.file_data'],
      ['http://a/4.mp4', 'messages[0].content[5].video_url.url'],
      ['https://a/6.pdf', 'messages[0].content[6].source.url'],
      ['https://a/7.png', 'messages[0].content[7].content[0].source.url'],
      ['https://a/5.pdf', 'messages[1].content[1].file.file_id'],
    ]);
  });
});
