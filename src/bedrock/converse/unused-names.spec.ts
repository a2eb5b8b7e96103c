import { UnusedNames } from './unused-names.js';

it('gives each the name that it wishes, or the first variant that is free', () => {
  const names = new UnusedNames();
  const take = (wish: string) => names.take(wish, (count) => `${wish} ${count}`);
  expect(['a', 'a', 'a 3', 'a', 'b', 'a 3'].map(take)).toEqual(['a', 'a 2', 'a 3', 'a 4', 'b', 'a 3 2']);
});

it('tries no variant twice, however often the same is wished', () => {
  const names = new UnusedNames();
  const tried: number[] = [];
  for (let times = 0; times < 500; times += 1) {
    names.take('a', (count) => {
      tried.push(count);
      return `a ${count}`;
    });
  }
  expect(tried).toEqual(Array.from({ length: 499 }, (_, index) => index + 2));
});
