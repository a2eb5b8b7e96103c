import { GatewayError, invalidRequest } from './gateway-error.js';

describe(GatewayError.name, () => {
  it('names the field at fault in a 400', () => {
    const error = invalidRequest('messages[0].content', 'messages[0].content must not be empty.');
    expect(error).toMatchObject({
      status: 400,
      type: 'invalid_request_error',
      param: 'messages[0].content',
      code: null,
      headers: {},
    });
  });
});
