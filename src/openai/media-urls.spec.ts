import { chatRequestSchema } from './chat-request.schema.js';
import { mediaUrls } from './media-urls.js';

describe(mediaUrls.name, () => {
  it('lists every remote file once, wherever it stands', () => {
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
    expect(mediaUrls(request)).toEqual([
      'https://a/1.png',
      'HTTPS://a/2.png',
      'https://a/3.pdf',
      'http://a/4.mp4',
      'https://a/5.pdf',
    ]);
  });
});
