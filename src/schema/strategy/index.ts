export { semanticEqual } from "./equality.js";
export { beforeCreate, beforeUpdate, matchNamespace, type Target } from "./lifecycle.js";
export { strategyFor } from "./registry.js";
export type { GracefulOptions, Strategy, StrategyContext, UpdateStrategy } from "./strategy.js";
