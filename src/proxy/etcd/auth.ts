import { Empty, HeaderOnly } from "../../etcd/wire/messages.js";
import { AUTHENTICATE, type Caller } from "./call.js";
import { isEtcdError } from "./error.js";
import { type Bytes, bytes } from "./keys.js";
import {
  type EtcdPermission,
  GrantPermissionRequest,
  NameRequest,
  READ,
  READWRITE,
  RoleGetResponse,
  RoleRequest,
  RolesResponse,
  UserAddRequest,
  UserGrantRoleRequest,
  AuthenticateRequest as UserPasswordRequest,
  UsersResponse,
} from "./messages.js";

/** All may be done twice: what is there already is no error here, so that a call of unknown fate is simply repeated. */
const rpc = <Q, A>(method: string, request: Q, answer: A) =>
  ({ path: `Auth/${method}`, request, answer, repeatable: true }) as const;

/** A name that no user has. */
const NOBODY = { name: "fake-apiserver:nobody", password: "-" };

const ENABLE = rpc("AuthEnable", Empty, HeaderOnly);
const USER_ADD = rpc("UserAdd", UserAddRequest, HeaderOnly);
const USER_GET = rpc("UserGet", NameRequest, RolesResponse);
const USER_LIST = rpc("UserList", Empty, UsersResponse);
const USER_DELETE = rpc("UserDelete", NameRequest, HeaderOnly);
const USER_CHANGE_PASSWORD = rpc("UserChangePassword", UserPasswordRequest, HeaderOnly);
const USER_GRANT_ROLE = rpc("UserGrantRole", UserGrantRoleRequest, HeaderOnly);
const ROLE_ADD = rpc("RoleAdd", NameRequest, HeaderOnly);
const ROLE_GET = rpc("RoleGet", RoleRequest, RoleGetResponse);
const ROLE_LIST = rpc("RoleList", Empty, RolesResponse);
const ROLE_DELETE = rpc("RoleDelete", RoleRequest, HeaderOnly);
const ROLE_GRANT = rpc("RoleGrantPermission", GrantPermissionRequest, HeaderOnly);

/** etcd's users and roles. Each call may be repeated: what is so already is no error. */
export class EtcdAuth {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /** Whether users and roles count. Asked in a way that 3.4 knows and that needs no rights. */
  async enabled(): Promise<boolean> {
    try {
      await this.#caller.call(AUTHENTICATE, NOBODY, { anonymous: true });
      return true;
    } catch (error) {
      if (isEtcdError(error, "authOff")) return false;
      if (isEtcdError(error, "wrongPassword")) return true;
      throw error;
    }
  }

  /** Needs a user root that has the role root. */
  async enable(): Promise<void> {
    await this.#caller.call(ENABLE, {});
    this.#caller.forgetToken();
  }

  /** Without a password: a user that comes with certificates only. */
  async addUser(name: string, password?: string): Promise<void> {
    const secret = password === undefined ? { options: { noPassword: true } } : { password };
    await unless(["userExists"], this.#caller.call(USER_ADD, { name, ...secret }));
  }

  async changePassword(name: string, password: string): Promise<void> {
    await this.#caller.call(USER_CHANGE_PASSWORD, { name, password });
  }

  /** The user's roles; undefined: there is no such user. */
  async user(name: string): Promise<readonly string[] | undefined> {
    return (await unless(["userNotFound"], this.#caller.call(USER_GET, { name })))?.roles;
  }

  async users(): Promise<readonly string[]> {
    return (await this.#caller.call(USER_LIST, {})).users;
  }

  async deleteUser(name: string): Promise<void> {
    await unless(["userNotFound"], this.#caller.call(USER_DELETE, { name }));
  }

  async grantRole(user: string, role: string): Promise<void> {
    await this.#caller.call(USER_GRANT_ROLE, { user, role });
  }

  async addRole(name: string): Promise<void> {
    await unless(["roleExists"], this.#caller.call(ROLE_ADD, { name }));
  }

  /** What the role may do; undefined: there is no such role. */
  async role(role: string): Promise<readonly EtcdPermission[] | undefined> {
    return (await unless(["roleNotFound"], this.#caller.call(ROLE_GET, { role })))?.permissions;
  }

  async roles(): Promise<readonly string[]> {
    return (await this.#caller.call(ROLE_LIST, {})).roles;
  }

  /** Also takes it from the users that have it. */
  async deleteRole(role: string): Promise<void> {
    await unless(["roleNotFound"], this.#caller.call(ROLE_DELETE, { role }));
  }

  /** Lets a role read and write all keys from `key` up to `end`, exclusive. */
  async grantReadWrite(role: string, key: Bytes, end: Bytes): Promise<void> {
    const permission = { type: READWRITE, key: bytes(key), rangeEnd: bytes(end) };
    await this.#caller.call(ROLE_GRANT, { name: role, permission });
  }

  /** Lets a role read one key. */
  async grantRead(role: string, key: Bytes): Promise<void> {
    await this.#caller.call(ROLE_GRANT, { name: role, permission: { type: READ, key: bytes(key) } });
  }
}

async function unless<T>(errors: Parameters<typeof isEtcdError>[1][], call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (isEtcdError(error, ...errors)) return undefined;
    throw error;
  }
}
