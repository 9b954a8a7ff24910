/** .proto files as people have them. */

const orders = `syntax = "proto3";

// Orders and what is in them.
package acme.orders.v1;

import "google/protobuf/empty.proto";
import "google/protobuf/field_mask.proto";
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";

option go_package = "acme.example/orders/v1;ordersv1";

// Takes orders.
service OrderService {
  // Finds an order.
  rpc GetOrder(GetOrderRequest) returns (Order) {
    option idempotency_level = IDEMPOTENT;
  }
  // Changes an order.
  //
  // Only what the mask names.
  rpc UpdateOrder(UpdateOrderRequest) returns (Order);
  rpc WatchOrders(WatchOrdersRequest) returns (stream Order);
  rpc ImportOrders(stream Order) returns (ImportSummary);
  rpc Talk(stream Message) returns (stream Message) {
    option deprecated = true;
  }
  rpc DeleteOrder(GetOrderRequest) returns (google.protobuf.Empty);
}

message GetOrderRequest {
  string order_id = 1;
}

message UpdateOrderRequest {
  Order order = 1;
  google.protobuf.FieldMask update_mask = 2;
}

message WatchOrdersRequest {
  optional int32 limit = 1;
  repeated Status statuses = 2;
}

message ImportSummary {
  uint32 imported = 1;
  map<string, string> refused = 2;
}

// An order.
message Order {
  reserved 4, 10 to 12, 1000 to max;
  reserved "discount", "coupon";

  // One thing that was ordered.
  message Item {
    enum Size {
      SIZE_UNSPECIFIED = 0;
      SIZE_SMALL = 1;
      SIZE_LARGE = 2;
    }
    string sku = 1;
    uint32 count = 2;
    double price = 3;
    Size size = 4;
  }

  // Given once.
  string order_id = 1;
  Status status = 2;
  repeated Item items = 3;
  google.protobuf.Timestamp placed_at = 5;
  // As the customer said it.
  google.protobuf.StringValue note = 6;
  optional string voucher = 7 [deprecated = true];
  oneof payment {
    Card card = 8;
    string invoice_number = 9;
    google.protobuf.Timestamp cash_on = 13;
  }
  int64 total_cents = 20 [json_name = "total"];
  bytes signature = 21;
}

message Card {
  string last_digits = 1;
}

message Message {
  oneof body {
    string text = 1;
    Order order = 2;
  }
}

// Where an order stands.
enum Status {
  reserved 3, 7 to 9;
  reserved "LOST";

  STATUS_UNKNOWN = 0;
  // It was paid.
  PAID = 1;
  SHIPPED = 2 [deprecated = true];
  CANCELLED = -1;
}
`

const scalars = `syntax = "proto3";

package acme.types;

import "google/protobuf/any.proto";
import "google/protobuf/duration.proto";
import "google/protobuf/struct.proto";
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";

service Types {
  rpc Echo(Everything) returns (Everything);
  rpc Unwrap(google.protobuf.StringValue) returns (google.protobuf.Int64Value);
  rpc Pack(google.protobuf.Struct) returns (google.protobuf.Any);
}

message Everything {
  Plain plain = 1;
  Maybe maybe = 2;
  Many many = 3;
  Keyed keyed = 4;
  Known known = 5;
}

message Plain {
  double f_double = 1;
  float f_float = 2;
  int32 f_int32 = 3;
  int64 f_int64 = 4;
  uint32 f_uint32 = 5;
  uint64 f_uint64 = 6;
  sint32 f_sint32 = 7;
  sint64 f_sint64 = 8;
  fixed32 f_fixed32 = 9;
  fixed64 f_fixed64 = 10;
  sfixed32 f_sfixed32 = 11;
  sfixed64 f_sfixed64 = 12;
  bool f_bool = 13;
  string f_string = 14;
  bytes f_bytes = 15;
  Only f_only = 536870911;
}

enum Only {
  ONLY = 0;
}

message Maybe {
  optional double f_double = 1;
  optional float f_float = 2;
  optional int32 f_int32 = 3;
  optional uint64 f_uint64 = 6;
  optional bool f_bool = 13;
  optional string f_string = 14;
  optional bytes f_bytes = 15;
  optional Plain plain = 16;
  optional Only only = 17;
  optional google.protobuf.StringValue wrapped = 18;
  optional google.protobuf.Timestamp at = 19;
}

message Many {
  repeated double f_double = 1;
  repeated float f_float = 2;
  repeated sint32 f_sint32 = 7;
  repeated fixed64 f_fixed64 = 10;
  repeated bool f_bool = 13;
  repeated string f_string = 14;
  repeated bytes f_bytes = 15;
  repeated Only only = 16;
  repeated google.protobuf.Timestamp times = 17;
  repeated google.protobuf.StringValue texts = 18;
  repeated google.protobuf.Value values = 19;
}

message Keyed {
  map<string, double> by_string = 1;
  map<bool, string> by_bool = 2;
  map<int32, int64> by_int32 = 3;
  map<int64, bytes> by_int64 = 4;
  map<uint32, Only> by_uint32 = 5;
  map<uint64, Plain> by_uint64 = 6;
  map<sint32, google.protobuf.Duration> by_sint32 = 7;
  map<fixed64, google.protobuf.Value> by_fixed64 = 8;
  map<sfixed64, google.protobuf.BytesValue> by_sfixed64 = 9;
  map<string, google.protobuf.Any> any = 10;
}

message Known {
  google.protobuf.DoubleValue a = 1;
  google.protobuf.FloatValue b = 2;
  google.protobuf.Int64Value c = 3;
  google.protobuf.UInt64Value d = 4;
  google.protobuf.Int32Value e = 5;
  google.protobuf.UInt32Value f = 6;
  google.protobuf.BoolValue g = 7;
  google.protobuf.StringValue h = 8;
  google.protobuf.BytesValue i = 9;
  google.protobuf.Any any = 10;
  google.protobuf.Duration duration = 11;
  google.protobuf.Struct struct = 12;
  google.protobuf.Value value = 13;
  google.protobuf.ListValue list = 14;
  google.protobuf.Timestamp timestamp = 15;
}
`

const nested = `syntax = "proto3";

package acme.tree;

service Trees {
  rpc Walk(Folder) returns (Node);
  rpc Sum(Expr) returns (http_rule);
}

// It holds itself.
message Node {
  string label = 1;
  repeated Node children = 2;
  map<string, Node> named = 3;
  Node parent = 4;
}

// These hold each other.
message Folder {
  message Entry {
    string name = 1;
    oneof kind {
      Folder folder = 2;
      File file = 3;
    }
    message Meta {
      fixed64 inode = 1;
      Entry link = 2;
    }
    Meta meta = 4;
  }
  message Outside {
    message Inside {
      int64 depth = 1;
    }
  }
  repeated Entry entry = 1;
  Outside.Inside inside = 2;
}

message File {
  bytes data = 1;
  Folder in = 2;
}

message Expr {
  oneof kind {
    double number = 1;
    Call call = 2;
  }
  oneof note {
    string text = 3;
    bool none = 4;
  }
  message Call {
    string function = 1;
    repeated Expr arguments = 2;
  }
}

message http_rule {
  message Self {
    string type = 1;
  }
  Type type = 1;
  Self self = 2;
}

message Type {
  bool nullable = 1;
}
`

const money = `syntax = "proto3";
package acme.common;

message Money {
  string currency = 1;
  int64 units = 2;
  acme.common.inner.Rounding rounding = 3;
}

import "acme/common/rounding.proto";
`

const rounding = `syntax = "proto3";
package acme.common.inner;

enum Rounding {
  UP = 0;
  DOWN = 1;
}
`

const billing = `syntax = "proto3";
package acme.billing.v1;

import "acme/common/money.proto";
import "acme/billing/v1/types.proto";

service Billing {
  rpc Charge(Invoice) returns (common.Money);
  rpc then(Invoice) returns (Invoice);
}
`

const types = `syntax = "proto3";
package acme.billing.v1;

import "acme/common/money.proto";

message Invoice {
  common.Money total = 1;
  Kind kind = 2;
}

enum Kind {
  KIND_UNSPECIFIED = 0;
  MONTHLY = 1;
}
`

const bare = `syntax = "proto3";

message Ping {
  string text = 1;
}

service Pinger {
  rpc Ping(.Ping) returns (.Ping);
}
`

/** Sets of files, by what they show. */
export const samples: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'an orders service': { 'acme/orders/v1/orders.proto': orders },
  'every type': { 'types.proto': scalars },
  'messages inside of messages': { 'acme_tree.proto': nested },
  'files that import each other': {
    'acme/common/rounding.proto': rounding,
    'acme/common/money.proto': money,
    'acme/billing/v1/types.proto': types,
    'acme/billing/v1/billing.proto': billing,
  },
  'no package': { 'ping.proto': bare },
}
