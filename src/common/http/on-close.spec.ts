import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { onClose } from './on-close.js';

describe(onClose.name, () => {
  it('calls back at once where the client has left already, whoever else waited for that', () => {
    const socket = new Socket();
    const response = new ServerResponse(new IncomingMessage(socket));
    response.assignSocket(socket);
    const calls: string[] = [];
    onClose(response, () => calls.push('before'));
    socket.emit('close');
    onClose(response, () => calls.push('after'));
    expect(calls).toEqual(['before', 'after']);
  });

  it('calls all back once, in order, with one listener for all of them', () => {
    const response = new ServerResponse(new IncomingMessage(new Socket()));
    const calls: number[] = [];
    for (let index = 0; index < 20; index += 1) onClose(response, () => calls.push(index));
    expect(response.listenerCount('close')).toBe(1);
    response.emit('close');
    response.emit('close');
    expect(calls).toEqual(Array.from({ length: 20 }, (_, index) => index));
  });
});
