/** Colours and measures. Text on its background has at least 4.5:1 in both themes, marks and borders 3:1. */
export const tokens = `
:root {
  color-scheme: light dark;
  --page: #f6f7f9;
  --card: #fff;
  --ink: #17202b;
  --soft: #566273;
  --line: #dfe4ea;
  --edge: #7c8796;
  --accent: #1f5fbf;
  --on-accent: #fff;
  --good: #14703d;
  --good-back: #e3f4ea;
  --warn: #8a5200;
  --warn-back: #fdf0d8;
  --bad: #b3261e;
  --bad-back: #fde8e6;
  --on-bad: #fff;
  --note: #334e75;
  --note-back: #e7eef8;
  --nothing: #e4e8ed;
  --radius: 12px;
  --shadow: 0 1px 2px rgb(20 30 45 / 5%);
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #11151b;
    --card: #1a2029;
    --ink: #e8edf4;
    --soft: #a3afbf;
    --line: #2c3541;
    --edge: #7a8798;
    --accent: #7fb0ff;
    --on-accent: #0d1620;
    --good: #7ed9a4;
    --good-back: #143324;
    --warn: #f2c06b;
    --warn-back: #372a12;
    --bad: #ff9b92;
    --bad-back: #431c19;
    --on-bad: #2a0b08;
    --note: #a9c3ea;
    --note-back: #1f2d42;
    --nothing: #2a323d;
    --shadow: none;
  }
}
`
