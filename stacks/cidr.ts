import * as z from "zod";

/** A range of IPv4 or IPv6 addresses, as settings hold it. */
export const cidr = z.union([z.cidrv4(), z.cidrv6()], { error: "is not an address range such as 10.0.0.0/24" });
